namespace Llumnix.Training.Corpus.Plots;

/// <summary>Wishes, treasure, riddles, the moon and things that go bump in the night.</summary>
internal static class WonderPlots
{
    public static readonly IReadOnlyList<Plot> All =
    [
        new("three wishes", "a magic wish", Wish),
        new("treasure map", "a treasure", Treasure),
        new("bridge riddle", "a riddle", Riddle),
        new("touching the moon", "the moon", Moon),
        new("noise in the night", "a strange noise", Noise),
        new("lost in the woods", "being lost in the forest", LostInWoods),
        new("the dragon next door", "a dragon", Dragon),
        new("falling star", "a star", Star),
    ];

    private static void Wish(Scene s)
    {
        Beats.OpenWithFriend(s);
        s.SayOne("{Oneday}, {he} found {a thing} {at}. It began to glow.", "{Oneday}, {hero} helped an old woman. She gave {him} {a thing}. \"It is magic,\" she said.", "{Hero} had {a thing}. One night, it began to speak!");
        s.SayOne("\"You have one wish,\" said a voice.", "\"Make a wish, but think well,\" it whispered.");
        s.Set("wish", s.Dice.Pick(["to be as big as a house", "to fly like a bird", "a mountain of {food}", "to be invisible", "to have all the gold in the world", "that it would never rain again", "to be the king of everything", "that nobody could tell {him} what to do"]));
        s.SayOne("{Hero} did not think long. \"I wish for this: {wish}!\"", "{Hero} said, \"My wish is {wish}.\"");
        s.SayOne("Puff! The wish came true. At first, {hero} was {happy}.", "There was a flash of light. It had worked!");
        s.SayOne("But soon {he} was alone. {Friend} did not want to play with {him} anymore.", "But then {he} saw that {friend} was {sad}. Nothing was like before.", "But after a day, {he} did not like it anymore.");
        s.SayOne("\"I want everything to be as it was,\" said {hero}.", "\"Please take my wish back,\" {he} asked the {thing}.");
        s.SayOne("Puff! Everything was as before. {Hero} ran to {friend} and hugged {fhim}.", "The {thing} glowed once more, and the magic was gone. {Friend} came running.");
        Beats.End(s, "{Hero} learned to be happy with what {he} had.", "{Hero} never made a silly wish again.", "A friend is better than any wish.");
    }

    private static void Treasure(Scene s)
    {
        s.Set("hiding", s.Dice.Pick(Lexicon.Hiding));
        s.SayOne("{Hero} found an old map {hiding}.", "{Oneday}, {hero} and {friend} found an old map in a bottle.", "Once upon a time, {intro} got a map from {his} {parent}. It was a treasure map!");
        s.SayOne("There was a red cross on it. \"A treasure!\" {cried} {hero}.", "\"Look, {fcall}, this is a treasure map,\" said {hero}.");
        s.SayOne("\"Let us go and find it,\" said {friend}.", "{Friend} took {a thing}, and they went off.");
        s.SayOne("First they {walked} to {place}. There they had to cross a small river.", "The map led them to {place}. It was a long way.");
        s.SayOne("Then they came to {place2}. {Other} was sitting there. \"Go left at the big stone,\" said {other}.", "Then they got lost. They asked {other}, who showed them the way to {place2}.", "Then they walked ten steps to the left and ten steps to the right.");
        s.SayOne("\"Here it must be!\" said {hero}. They began to dig.", "They dug and dug. Suddenly, they hit something hard.");
        s.SayOne("It was an old box. {Hero} opened it slowly.", "They found a big chest. It was very heavy.");
        s.SayOne("There was no gold in it. There was {a gift} and a letter. \"The real treasure is the friend who came with you,\" it said.", "It was full of gold coins! They shared them with {other} and everybody else.", "Inside was {a gift}. It shone in the sun.");
        s.SayOne("{Hero} and {friend} looked at each other and laughed.", "They were {tired}, but {happy}.", "\"What a great adventure!\" said {friend}.");
        Beats.End(s, "They kept the map forever.", "{Next}, they began to look for another treasure.");
    }

    private static void Riddle(Scene s)
    {
        string[] riddle = s.Dice.Pick(Lexicon.Riddles).Split('|');
        s.Set("riddle", riddle[0]);
        s.Set("answer", riddle[1]);
        s.Set("guard", "the old " + s.Dice.Pick(["troll", "goat", "giant", "dragon", "wizard", "crow"]));
        Beats.OpenWithFriend(s);
        s.SayOne("{Oneday}, {hero} wanted to go to {place} to see {friend}.", "{Oneday}, {hero} had to bring {a thing} to {friend}, who lived far away.");
        s.SayOne("But on the bridge sat {guard}. \"Nobody may pass without the answer to my riddle,\" it said.", "On the way was a gate, and before the gate stood {guard}. \"Stop! First you must solve my riddle.\"");
        s.Say("\"{riddle}\" [{Hero} thought and thought.|{Hero} did not know it at once.|{Hero} sat down to think.]");
        s.SayOne("\"Is it a cloud?\" asked {hero}. \"No!\" said {guard}.", "\"Is it a tree?\" {he} asked. \"Wrong!\" laughed {guard}.", "{He} looked at the sky, and {he} looked at the water.");
        s.SayOne("Then {he} had an idea. \"I know it! It is {answer}!\"", "Suddenly, {hero} {smiled}. \"It is {answer},\" {he} said.");
        s.SayOne("\"That is right,\" said {guard}. \"You are very clever. You may pass.\"", "{Guard} was surprised. \"Nobody ever knew it,\" it said and let {him} go.");
        s.SayOne("So {hero} came to {friend} and told {fhim} everything. They laughed about it.", "{Friend} was already waiting. \"What took you so long?\" {fhe} asked. \"I had to think,\" said {hero}.");
        Beats.End(s, "With a clever head you can pass every gate.", "On the way back, {hero} asked {guard} a riddle, too.");
    }

    private static void Moon(Scene s)
    {
        Beats.OpenWithFriend(s);
        s.SayOne("Every night, {he} looked at the moon. \"I want to touch it,\" {he} said.", "{Hero} loved the moon. It was so round and bright.");
        s.SayOne("{Oneday}, {he} took a long ladder and climbed up. But the moon was still far away.", "{He} climbed the highest tree {at}, but {he} could not reach it.", "{He} jumped as high as {he} could, but it was not high enough.");
        s.SayOne("Then {he} went up the mountain. The moon was not any closer.", "\"{Fcall}, can you help me to get the moon?\" {he} asked. \"It is too far away,\" {said} {friend}.");
        s.SayOne("{Hero} was {sad}. {He} sat down by the pond.", "Tired and {sad}, {he} sat down by the lake.");
        s.SayOne("There, in the water, was the moon! It shone like silver.", "\"Look into the water,\" said {friend}. There was the moon, round and bright.");
        s.SayOne("{Hero} touched the water softly. \"I touched the moon,\" {he} whispered.", "{Hero} put one finger into the water. The moon began to dance.");
        s.SayOne("{Friend} {smiled}. \"Now it is your moon, too.\"", "They sat there for a long time and looked at it.", "{Hero} was {happy}.");
        Beats.End(s, "Sometimes what you look for is closer than you think.", "Now {he} says good night to the moon every evening.");
    }

    private static void Noise(Scene s)
    {
        s.Set("noise", s.Dice.Pick(["Boom", "Tap, tap", "Crunch", "Whoo", "Scratch, scratch", "Squeak", "Bang", "Plop"]));
        Beats.OpenWithFriend(s);
        s.SayOne("One night, {he} heard a strange noise. \"{noise}!\"", "One dark night, {hero} woke up. \"{noise}!\" What was that?");
        s.SayOne("{Hero} was {scared}. \"Is it a monster?\" {he} thought.", "\"Who is there?\" whispered {hero}. Nobody answered.");
        s.SayOne("{He} woke {friend}. \"Did you hear that?\" \"Yes,\" said {friend}. \"Let us look.\"", "{He} pulled the blanket over {his} head. But there it was again. \"{noise}!\"");
        s.SayOne("{Hero} took a lamp and {walked} to {place}.", "Slowly, {hero} went down the stairs with a light.", "They took {a thing} and went outside very quietly.");
        s.SayOne("\"{noise}!\" It came from behind the door. {Hero} opened it.", "The noise became louder. It came from under the table.", "Something moved in the dark. {Hero} held up the light.");
        s.SayOne("There sat {ointro}! {Other} was eating {ofood}.", "It was only {ointro}. \"I am sorry. I was so hungry,\" said {other}.", "It was {ointro} who was looking for something to eat.");
        s.SayOne("{Hero} had to laugh. \"You are not a monster at all!\"", "\"You gave me a fright,\" said {hero}.");
        s.SayOne("{He} gave {other} some {food}, and they became friends.", "\"Come and eat with us,\" said {hero}.", "They all sat down and had a meal in the middle of the night.");
        s.Maybe(0.5, "[{goodnight}|{Hero} learned that most monsters are not monsters at all.|Since that night, {hero} is not afraid of noises anymore.]");
    }

    private static void LostInWoods(Scene s)
    {
        Beats.Open(s);
        s.SayOne("{Oneday}, {hero} went into the forest to look for mushrooms.", "{Oneday}, {hero} followed a butterfly deep into the woods.", "{Oneday}, {hero} was playing in the woods and forgot the time.");
        s.SayOne("When {he} looked around, {he} did not know where {he} was.", "Soon all the trees looked the same. {Hero} was lost.");
        s.SayOne("It was getting dark. {Hero} was {scared}.", "\"Help! Is anybody there?\" {cried} {hero}. Only the wind answered.");
        s.SayOne("Then {he} saw {fintro} behind a tree. \"Are you lost?\" asked {friend}.", "Then {he} heard a voice. It was {fintro}. \"Why are you crying?\" asked {friend}.");
        s.SayOne("\"Yes. I want to go home,\" said {hero}.", "\"I cannot find my way home,\" said {hero}.");
        s.SayOne("\"Follow the stream. It runs to {place},\" {said} {friend}.", "\"Look at the bright star. It shows the way to {place},\" {said} {friend}.", "\"I know the way,\" {said} {friend}. \"Come with me.\"");
        s.SayOne("They walked for a long time. {Hero} told {friend} about {his} home.", "They walked past {place2} and over a bridge.", "{Friend} went first, and {hero} followed.");
        s.SayOne("Then {he} saw the light of {his} home. {His} {parent} was standing at the door.", "At last, {hero} was home. {His} {parent} ran out and hugged {him}.");
        s.SayOne("{Hero} turned around to thank {friend}, but {fhe} was already gone.", "\"{thanks},\" said {hero}. {His} {parent} gave {friend} some {food}.", "\"You must stay for dinner,\" {his} {parent} said to {friend}.");
        Beats.End(s, "{Hero} never went into the woods alone again.", "Now {hero} always looks at the way {he} takes.");
    }

    private static void Dragon(Scene s)
    {
        s.Set("dragon", s.Dice.Pick(["the dragon", "the big dragon", "the green dragon", "the old dragon"]));
        s.SayOne("Once upon a time, a dragon came to {place}.", "Near {place}, there lived a dragon. Everyone was afraid of it.", "A long time ago, there was a dragon that lived in a cave near {place}.");
        s.SayOne("\"It will eat us all!\" {cried} {friend}.", "Nobody dared to go there.", "People said that it ate children and breathed fire.");
        s.SayOne("But {intro} was not afraid. \"I will talk to it,\" {he} said.", "Only {intro} wanted to know more. {He} took {a thing} and went to the cave.");
        s.SayOne("{Dragon} was lying on the ground. Big tears ran down its face.", "In the cave, {he} heard somebody crying. It was {dragon}!");
        s.SayOne("\"Why are you crying?\" asked {hero}. \"I have no friends. Everybody runs away from me,\" said {dragon}.", "\"What is wrong?\" asked {hero}. \"I have a thorn in my foot. It hurts so much,\" said {dragon}.");
        s.SayOne("{Hero} sat down next to it. \"I will be your friend,\" {he} said.", "\"Let me help you,\" said {hero}. {He} was very careful.", "{Hero} told it a funny story. For the first time, {dragon} laughed.");
        s.SayOne("{Dragon} was {happy}. \"Nobody was ever so kind to me,\" it said.", "\"{thanks},\" said {dragon} and {smiled}.");
        s.SayOne("Then {hero} brought {dragon} to {friend} and the others. At first they were {scared}. But soon they all played together.", "From then on, {dragon} helped the people. It lit their fires in winter.", "{Dragon} took {hero} on its back, and they flew over {place2}.");
        Beats.End(s, "{Hero} learned that one must not be afraid of those who look different.", "Since that day, the people are not afraid anymore.");
    }

    private static void Star(Scene s)
    {
        Beats.OpenWithFriend(s);
        s.SayOne("One night, a little star fell from the sky. It landed {at}.", "One night, {hero} saw a light {at}. It was a little star!");
        s.SayOne("\"I fell down,\" said the star. \"I want to go back to the sky.\"", "The star was crying. \"I am so far away from home,\" it said.");
        s.SayOne("\"I will help you,\" said {hero}. {He} put the star into {his} pocket.", "{Hero} took the star in {his} hands. It was warm.");
        s.SayOne("{He} tried to throw it up, but it fell down again.", "{He} asked {other}, but {other} did not know what to do.", "But how do you bring a star back to the sky?");
        s.SayOne("Then {friend} had an idea. \"The highest mountain almost touches the sky.\"", "\"We can tie it to a kite,\" said {friend}.", "\"We need a big balloon,\" said {friend}.");
        s.SayOne("They tried it that same night. Up and up went the star.", "They {walked} all night. In the end, it worked.");
        s.SayOne("The star was home again. It shone brighter than all the others.", "\"{thanks}!\" {cried} the star from far above.");
        Beats.End(s, "Every night, the star winks at {hero}.", "When {hero} is {sad}, {he} looks up and sees {his} star.");
    }
}
